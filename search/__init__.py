"""Online half: load a published index and answer questions over HTTP."""
