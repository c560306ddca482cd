"""The documentation for developers: its pages, the request examples, and the OpenAPI document."""
