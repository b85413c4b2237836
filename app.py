"""The page as a script: `python app.py` is `rag serve --open`."""

from rag.cli import main

if __name__ == "__main__":
    main(["serve", "--open"])
