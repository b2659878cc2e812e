"""What the data mean: frames in, frames out. No clock, no file, no network, no log."""
