"""What runs the networks: one description of BERT, drawn for OpenVINO straight from the weights file.

Nothing is converted, so asking needs neither torch nor transformers. `open.py` is the way in.
"""
