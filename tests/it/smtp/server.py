"""An SMTP server for tests. Prints its port, then each mail as a line of JSON. Refuses the first `sys.argv[1]` mails for
a while. With a second argument, USER:PASSWORD, it takes mails only from who signs in."""

import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, refuse):
        self.refuse = refuse

    async def handle_DATA(self, server, session, envelope):
        if self.refuse > 0:
            self.refuse -= 1
            return "451 not now"
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "data": envelope.content.decode()}
        print(json.dumps(mail), flush=True)
        return "250 taken"


async def main():
    handler = Handler(int(sys.argv[1]))
    wanted = sys.argv[2].split(":", 1) if len(sys.argv) > 2 else None

    def known(server, session, envelope, mechanism, data):
        given = [data.login.decode(), data.password.decode()]
        return AuthResult(success=given == wanted)

    def session():
        if wanted is None:
            return SMTP(handler)
        return SMTP(handler, authenticator=known, auth_required=True, auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
