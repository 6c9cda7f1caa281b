"""Documents (the JSON contract), views made from them, and one renderer per format."""
