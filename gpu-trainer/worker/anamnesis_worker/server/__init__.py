"""The worker as a server: the Tinker wire, an OpenAI-compatible endpoint, and what they stand on.

The event loop owns every table (sessions, futures, order of operations); one engine thread a device owns every tensor.
"""
