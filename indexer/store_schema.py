"""The tables of the store, and how those of an older one become these."""

from __future__ import annotations

SCHEMA_VERSION = 2
SCHEMA = """
CREATE TABLE page (
    url TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    state TEXT NOT NULL,        -- active, stale, missing, dropped
    reason TEXT,                -- why it is not simply active
    detail TEXT NOT NULL DEFAULT '',
    status INTEGER,             -- HTTP status of the last answer
    content_type TEXT NOT NULL DEFAULT '',
    robots_tag TEXT NOT NULL DEFAULT '',
    body BLOB,                  -- last good body, zlib
    etag TEXT,
    last_modified TEXT,
    lastmod TEXT,               -- the sitemap's word, a hint
    fetched_at TEXT NOT NULL DEFAULT '',
    content_hash TEXT,          -- SHA-256 of the extracted text
    links TEXT,                 -- JSON list: where a crawl goes on when the page is unchanged
    changed_at TEXT NOT NULL DEFAULT ''  -- when its text was first read as it is
) STRICT;
CREATE TABLE withdrawn (
    url TEXT PRIMARY KEY,
    at TEXT NOT NULL            -- UTC
) STRICT;
CREATE TABLE derived (
    key TEXT PRIMARY KEY,       -- SHA-256 of what the value follows from
    value BLOB NOT NULL         -- JSON, zlib
) STRICT, WITHOUT ROWID;
CREATE TABLE source (
    name TEXT PRIMARY KEY,
    config TEXT NOT NULL,       -- JSON, as it was when it was last indexed
    prefix TEXT NOT NULL        -- of its pages' addresses; '' for a site on the web
) STRICT;
CREATE INDEX page_source ON page (source);
CREATE TABLE vector (
    content_hash TEXT NOT NULL, -- SHA-256 of the embedded text
    encoder TEXT NOT NULL,
    vector BLOB NOT NULL,       -- float32, little endian
    PRIMARY KEY (content_hash, encoder)
) STRICT, WITHOUT ROWID;
"""
_JOURNAL = """
CREATE TABLE crawl (
    source TEXT PRIMARY KEY,    -- its crawl is under way, or was when the process was killed
    began_at TEXT NOT NULL      -- UTC
) STRICT;
CREATE TABLE visit (
    source TEXT NOT NULL,
    url TEXT NOT NULL,          -- as it was asked for in that crawl
    outcome TEXT NOT NULL,      -- JSON, without the body
    PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;
"""
SCHEMA += _JOURNAL
# What brings an older store up to date, by the version it has.
MIGRATIONS = {1: "ALTER TABLE page ADD COLUMN changed_at TEXT NOT NULL DEFAULT '';" + _JOURNAL}
