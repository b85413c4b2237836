import pytest

from rag.text.reply_format import answer_in

AGE = "She was 34 [1]."


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (f"<think>Passage [2] is a trap.</think>{AGE}", AGE),
        (f"Passage 2 says Oake shut it.</think>{AGE}", AGE),
        (f"[THINK]Hm.[/THINK]{AGE}", AGE),
        ("<think>It never ends", ""),
        (
            f"<|channel|>analysis<|message|>Hm [2].<|end|><|start|>assistant<|channel|>final<|message|>{AGE}<|return|>",
            AGE,
        ),
        ("<|channel|>analysis<|message|>It never ends", ""),
        (f"analysisThe user asks [2].assistantfinal{AGE}", AGE),
        (f"{AGE}<|im_end|>", AGE),
        (f"```\n{AGE}\n```", f"{AGE}\n"),
        (f"```markdown\n{AGE}\n```", f"{AGE}\n"),
        ("```python\nx[1] = 2\n```", "```python\nx[1] = 2\n```"),
        ('{"answer": "She was 34 [1]."}', AGE),
        ('```json\n{"answer": "She was 34 [1]."}\n```', AGE),
        ('{"answer": "She was 34. She fell.", "citations": [1, "Passage 2"]}', "She was 34. [1][2] She fell. [1][2]"),
        (
            '{"sentences": [{"text": "She was 34.", "citations": [{"passage": 1}]}, {"text": "So."}]}',
            "She was 34. [1] So.",
        ),
        ('{"answer": "She was 34 [1].", "citations": [2]', AGE),
        ('{"answer": "\\ud800"}', "?"),
        ('{"unknown": 1}', '{"unknown": 1}'),
        ("{braces} are text", "{braces} are text"),
    ],
)
def test_the_answer_is_taken_out_of_what_is_around_it(reply: str, answer: str) -> None:
    assert answer_in(reply) == answer


@pytest.mark.parametrize(
    ("growing", "answer"),
    [
        ('{"ans', ""),
        ('{"answer": "She was \\u00', "She was "),
        ("``", ""),
        ("```\nShe was\n``", "She was"),
        ("<|chan", ""),
        ("It fell<|", "It fell"),
    ],
)
def test_nothing_around_a_growing_answer_is_shown(growing: str, answer: str) -> None:
    assert answer_in(growing, finished=False) == answer


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["{", '{"answer":', "[", "<think>", "</think>", "<|", "```\n", "\\", '"', "<|channel|>final a"]
)
def test_hostile_replies_cost_linear_time(unit: str) -> None:
    for head in ("", '{"answer": "'):
        answer_in((head + unit * 100_000)[:100_000])
        answer_in((head + unit * 100_000)[:100_000], finished=False)
