"""A local Google and a local Microsoft that speak the real wire, and correspondents who answer.

It imports no other room: what the clients are tested against must not share their code.
"""
