"""Evaluation results: read from what evaluation tools write, kept beside the requests, never with prompt text."""
