"""The browser's front door as a file: `python app.py` is `rag serve --open`."""

from rag.cli import main

if __name__ == "__main__":
    main(["serve", "--open"])
