# http-echo.py: a small HTTP server. GET /outside makes a call that it doesn't make otherwise, and says how that went.
import errno
import http.server
import os


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path
        if self.path == '/outside':
            try:
                body = str(os.getpriority(os.PRIO_PROCESS, 0))
            except OSError as error:
                body = errno.errorcode[error.errno]
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
