"""Train the reader on SQuAD and synthetic questions: `python -m eval.train.reader`.

Data sets come in, a .safetensors file goes out. It knows no index.
"""
