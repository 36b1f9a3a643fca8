"""What an application writes with the client that ariadne-codegen made. Prints all that it sent, as JSON."""

import asyncio
import datetime
import json

import httpx

from vestibule_client import (
    Client,
    DevMessageFilter,
    InstanceSettingsUpdateInput,
    ProofInput,
    SessionSettingsInput,
    SignUpCreateInput,
    SignUpStatus,
    VerificationStatus,
)

SIGN_UP = {
    "id": "sua_1",
    "status": "MISSING_REQUIREMENTS",
    "requiredFields": ["EMAIL_ADDRESS"],
    "missingFields": [],
    "unverifiedFields": ["EMAIL_ADDRESS"],
    "abandonsAt": "2026-12-01T09:30:00.000Z",
    "verifications": {
        "emailAddress": {
            "nextAction": "NEEDS_ATTEMPT",
            "supportedStrategies": ["EMAIL_CODE"],
            "verification": {"__typename": "CodeVerification", "status": "UNVERIFIED", "attempts": 0, "expiresAt": None},
        }
    },
    "createdUser": None,
    "createdSession": None,
}

ANSWERS = {
    "SignUpCreateMutation": {
        "signUpCreate": {"signUp": SIGN_UP, "query": {"client": None, "viewer": None}, "userErrors": []}
    },
    "SignInFirstFactorMutation": {"signInAttemptFirstFactor": None},
    "DevInboxQuery": {
        "devInbox": {"totalCount": None, "edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    },
    "SettingsUpdateMutation": {"instanceSettingsUpdate": {"instanceSettings": None, "userErrors": []}},
    "NodesQuery": {
        "nodes": [
            None,
            {"__typename": "User", "id": "user_1", "username": "ada"},
            {"__typename": "EmailAddress", "id": "idn_1", "identifier": "ada@example.com"},
            {"__typename": "Client", "id": "client_1"},
        ]
    },
}

sent: list[dict] = []


def answer(request: httpx.Request) -> httpx.Response:
    body = json.loads(request.content)
    sent.append(body)
    return httpx.Response(200, json={"data": ANSWERS[body["operationName"]]})


async def main() -> None:
    transport = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    async with Client(url="http://vestibule.invalid/graphql", http_client=transport) as client:
        created = await client.sign_up_create_mutation(SignUpCreateInput(email_address="ada@example.com"))
        assert created.sign_up_create is not None
        sign_up = created.sign_up_create.sign_up
        assert sign_up is not None
        assert sign_up.status is SignUpStatus.MISSING_REQUIREMENTS
        assert sign_up.abandons_at == datetime.datetime(2026, 12, 1, 9, 30, tzinfo=datetime.timezone.utc)
        email_address = sign_up.verifications.email_address
        assert email_address is not None
        assert email_address.verification.status is VerificationStatus.UNVERIFIED

        # A proof that is one of its kinds goes out with that one alone.
        proven = await client.sign_in_first_factor_mutation(sign_in_id="sia_1", proof=ProofInput(email_code="424242"))
        assert proven.sign_in_attempt_first_factor is None
        assert sent[-1]["variables"]["proof"] == {"emailCode": "424242"}

        inbox = await client.dev_inbox_query(first=20, filter_=DevMessageFilter(to="ada@example.com"))
        assert inbox.dev_inbox is not None and inbox.dev_inbox.edges == []

        # What is left out of a patch stays out of it, and null is sent as null.
        patch = InstanceSettingsUpdateInput(session=SessionSettingsInput(token_lifetime_seconds=None))
        await client.settings_update_mutation(patch)
        assert sent[-1]["variables"]["input"] == {"session": {"tokenLifetimeSeconds": None}}

        nodes = (await client.nodes_query(ids=["nobody_1", "user_1", "idn_1", "client_1"])).nodes
        assert [node and node.typename__ for node in nodes] == [None, "User", "EmailAddress", "Client"]
        assert nodes[1].username == "ada" and nodes[2].identifier == "ada@example.com"


asyncio.run(main())
print(json.dumps(sent))
