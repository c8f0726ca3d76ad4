"""The OpenAPI document of the service: how it is written, and that it says what the service does."""
