"""A real SMTP server on a free loopback port; prints its port, then each mail it accepts, as one JSON object a line."""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP

# A relay without the extension for addresses that are not ASCII (RFC 6531), as most are.
HAS_SMTPUTF8 = "--without-smtputf8" not in sys.argv


class PrintMail:
    """Hands every accepted mail to the test that reads this process's output."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (the name is aiosmtpd's)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "ehlo": session.host_name,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "isAscii": envelope.content.isascii(),
            "subject": message["Subject"],
            "text": body.get_content() if body else "",
        }
        print(json.dumps(mail), flush=True)
        return "250 Message accepted for delivery"


async def serve():
    """Runs until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(PrintMail(), enable_SMTPUTF8=HAS_SMTPUTF8), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(serve())
