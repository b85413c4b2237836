"""The browser's front door as a file: `python app.py` is `rag serve --open`."""

from rag.settings import load
from rag.ui import serve

if __name__ == "__main__":
    serve(load(), open_browser=True)
