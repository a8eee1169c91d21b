"""A worker that holds the weights: trains and samples language models for clients that hold none."""
