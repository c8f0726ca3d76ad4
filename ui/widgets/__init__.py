"""Widgets that keep the rules of text, size, name and keyboard."""
