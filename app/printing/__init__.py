"""Paper: sheets in words become tagged PDF and pictures of pages, offline; the only place that knows typst."""
