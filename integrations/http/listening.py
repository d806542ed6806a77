"""Why one cannot listen at an address, in words; and whether one could. Standard library only."""

import errno
import socket


def obstacle(error: OSError, host: str, port: int) -> str:
    """What `error` says of listening on that address, and what would be right."""
    where = shown(host, port)
    match error.errno:
        case errno.EADDRINUSE:
            return f"{where} is taken: another program listens there; give 'api:' another port, or end it"
        case errno.EACCES:
            return f"{where} is for root alone; a port from 1024 on would be right"
        case errno.EADDRNOTAVAIL:
            return f"{where}: this machine has no such address; correct 'api: {{host: ...}}'"
    return f"nobody can listen on {where}: {error.strerror or error}; correct 'api: {{host: ...}}'"


def tried(host: str, port: int) -> str | None:
    """Why one could not listen there now, None if one could."""
    try:
        for family, kind, proto, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, proto) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                one.bind(address)
                one.listen(1)
    except OSError as error:
        return obstacle(error, host, port)
    return None


def shown(host: str, port: int) -> str:
    """An address as people write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
