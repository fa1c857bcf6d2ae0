"""The part that runs in Locust and gevent. All measurements go through `record`, all received data through
`sockets.reactor`.
"""
