"""The frame around every page: header, navigation, status line, cover."""
