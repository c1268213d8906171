"""`python -m include.questions`: what people ask, answered from the BI layer and held against the facts."""

from __future__ import annotations

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.questions import ask_all
from include.questions.asking import summary
from include.settings import get_settings


@exit_cleanly
def main() -> int:
    """Ask every question; 1 when an answer is wrong."""
    parser = Parser(prog="python -m include.questions", description=(__doc__ or "").partition(": ")[2])
    parser.add_argument("--release", help="a release that is kept (default: the current one)")
    parser.add_argument("--rows", action="store_true", help="show the first rows of each answer")
    options = parser.parse_args()
    answers = ask_all(get_settings(), options.release)
    for answer in answers:
        print(answer.line)
        for row in answer.shown if options.rows else ():
            print(f"    {row}")
    print(summary(answers))
    return 0 if all(answer.is_settled for answer in answers) else 1


if __name__ == "__main__":
    main()
