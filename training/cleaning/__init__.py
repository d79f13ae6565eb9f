"""Training of the model of the lines (transforms/boilerplate/line_model.py): from labelled pages to its file."""
