"""
The world around a router in a network namespace of its own: puts frames on its devices and tells what comes out.

Needs nothing but what Debian's python3-minimal has. Every device ethN of the router is a veth whose other end, wN, is in the
same namespace: frames that the router sends have the destination of somebody else, so that its own stack never looks at
what arrives on wN, and one process can hold both sides. Frames by packet sockets, what is delivered locally by raw sockets.

stdin:  send wN HEX | wait MILLISECONDS | listen
stdout: out ethN HEX | in HEX, and `done` after each wait and listen
"""
import os
import select
import socket
import struct
import sys

ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
IP_PKTINFO = 8
SOL_IP = 0

OWN_PORTS = [int(port) for port in sys.argv[1].split(",")]
worlds = sys.argv[2:]
links = {}
by_fd = {}
raws = {}
servers = {}


def open_links():
    for name in worlds:
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        link.bind((name, ETH_P_ALL))
        link.setblocking(False)
        links[name] = link
        by_fd[link.fileno()] = (link, name)
    for protocol in (socket.IPPROTO_ICMP, socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        raw.setblocking(False)
        raws[raw.fileno()] = raw


def listen():
    """Fresh sockets: what is left of older connections ends with the old ones."""
    for one, _ in servers.values():
        one.close()
    servers.clear()
    for port in OWN_PORTS:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("", port))
        tcp.listen(4096)
        servers[tcp.fileno()] = (tcp, "tcp")
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(SOL_IP, IP_PKTINFO, 1)
        udp.setblocking(False)
        udp.bind(("", port))
        servers[udp.fileno()] = (udp, "udp")


def echo(udp):
    """Answers from the very address that was asked."""
    data, control, _, peer = udp.recvmsg(2048, 256)
    for level, kind, value in control:
        if level == SOL_IP and kind == IP_PKTINFO:
            _, _, asked = struct.unpack("=I4s4s", value[:12])
            info = struct.pack("=I4s4s", 0, asked, b"\0\0\0\0")
            try:
                udp.sendmsg([data], [(SOL_IP, IP_PKTINFO, info)], 0, peer)
            except OSError:
                pass  # The answer has no way, or a rule stops it: that is what is asked here.


def answer_arp(link, frame):
    """Everybody is there, at a hardware address that spells the protocol's."""
    if frame[20:22] != b"\0\1":
        return
    asker, sender, target = frame[22:28], frame[28:32], frame[38:42]
    # The kernel takes no answer to an address that can be on no wire, which a packet may have by NAT.
    if sender[0] == 127:
        sender = b"\0\0\0\0"
    mac = b"\2\0" + target
    body = frame[14:20] + b"\0\2" + mac + target + asker + sender
    try:
        link.send(asker + mac + b"\x08\x06" + body)
    except OSError:
        pass


def catch(link, name):
    while True:
        try:
            frame, (_, _, kind, _, _) = link.recvfrom(2048)
        except (BlockingIOError, OSError):
            return
        if kind == PACKET_OUTGOING:
            continue
        if frame[12:14] == b"\x08\x06":
            answer_arp(link, frame)
        elif frame[12:14] == b"\x08\0":
            sys.stdout.write("out eth%s %s\n" % (name[1:], frame.hex()))


def wait(idle):
    """Until nothing has moved for that long."""
    while True:
        watched = list(by_fd) + list(raws) + [fd for fd, (_, kind) in servers.items() if kind == "udp"]
        ready, _, _ = select.select(watched, [], [], idle)
        if not ready:
            return
        for fd in ready:
            if fd in by_fd:
                catch(*by_fd[fd])
            elif fd in raws:
                try:
                    while True:
                        sys.stdout.write("in %s\n" % raws[fd].recv(2048).hex())
                except (BlockingIOError, OSError):
                    pass
            else:
                try:
                    echo(servers[fd][0])
                except (BlockingIOError, OSError):
                    pass


open_links()
listen()
sys.stdout.write("done\n")
sys.stdout.flush()
for line in sys.stdin:
    words = line.split()
    if words[0] == "send":
        try:
            links[words[1]].send(bytes.fromhex(words[2]))
        except OSError as error:
            sys.stdout.write("fault %s\n" % os.strerror(error.errno))
    else:
        if words[0] == "wait":
            wait(float(words[1]) / 1000)
        else:
            listen()
        sys.stdout.write("done\n")
        sys.stdout.flush()
