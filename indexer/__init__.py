"""Offline half: crawl, extract, chunk, embed, index and publish."""
