# audit-records.py: the kernel's audit records as they come, one a line, as auditd writes them; "dropped" where some were
# lost. The first line is "ready", or why the records can't be read.
import errno
import socket

AUDIT = 9  # NETLINK_AUDIT
READLOG = 1  # the multicast group, Linux 3.16
RECEIVE_BUFFER_FORCE = 33  # SO_RCVBUFFORCE

try:
    records = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, AUDIT)
    records.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, 16 << 20)
    records.bind((0, READLOG))
except OSError as error:
    raise SystemExit(print(errno.errorcode[error.errno]))
print('ready', flush=True)
while True:
    try:
        record = records.recv(1 << 15)
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        print('dropped', flush=True)
        continue
    # struct nlmsghdr: length, type, …
    kind = int.from_bytes(record[4:6], 'little')
    print(f'type={kind} {record[16:].decode(errors="replace").strip(chr(0))}', flush=True)
