"""Messages to people, through the whole daemon, over real sockets to servers of ours."""

import asyncio
import warnings

import pytest

from integrations.notify.channel import Channel
from tests.house import living
from tests.integration.plugins import asked
from tests.integrations.notify.peers import MailServer, WebServer, send, serving, settings

WITHIN = 12.0
"""Seconds; the first message waits until apprise has read all its services."""


async def ended(house, action_id):
    return await house.ended(action_id, WITHIN)


@pytest.fixture(scope="module", autouse=True)
def _apprise_is_read():
    """It takes a second or two, once in a process."""
    with warnings.catch_warnings(action="ignore"):
        Channel("json://127.0.0.1").open()


@pytest.fixture
async def server():
    async with serving(WebServer()) as one:
        yield one


@pytest.fixture
async def free_port():
    async with serving(WebServer()) as one:
        found = one.port
    return found  # noqa: RET504  # nobody serves there any more


# that it gets there ----------------------------------------------------------------------------------------
async def test_a_message_reaches_somebody_over_http(broker, tmp_path, server):
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [server.url()]}})) as house:
        outcome = await ended(house, await send(house, "the bins", title="Tonight", severity="critical"))

        told = [(one["title"], one["message"], one["type"]) for one in server.got]
        assert (outcome["status"], outcome["target"], told) == (
            "confirmed",
            "notify.ada",
            [("Tonight", "the bins", "failure")],
        )


async def test_a_message_reaches_somebody_over_ntfy(broker, tmp_path, server):
    url = f"ntfy://127.0.0.1:{server.port}/hall"
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}})) as house:
        await ended(house, await send(house, "the bins", title="Tonight"))

        assert server.got == [{"topic": "hall", "title": "Tonight", "message": "the bins"}]


@pytest.mark.parametrize("one", ["窗", "x", "\U0001f525", '"'])
async def test_a_long_message_is_a_message_over_ntfy_and_no_file(broker, tmp_path, server, one):
    url = f"ntfy://127.0.0.1:{server.port}/hall"
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}})) as house:
        outcome = await ended(house, await send(house, one * 4000))

        [got] = server.got
        cut = (got["message"][:300] == one * 300, got["message"].endswith("..."))
        assert (outcome["status"], sorted(got), cut) == ("confirmed", ["message", "topic"], (True, True))


async def test_what_a_message_holds_beside_text_does_not_get_there(broker, tmp_path, server):
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [server.url()]}})) as house:
        await ended(house, await send(house, "\x1b]0;owned\x07the \u202ebins\u0000 file:///etc/passwd"))

        assert (server.messages, server.got[0]["attachments"]) == (
            ["]0;ownedthe bins file:///etc/passwd"],
            [],
        )


async def test_nothing_is_named_that_a_phone_would_fetch(broker, tmp_path, server):
    url = f"ntfy://127.0.0.1:{server.port}/hall"
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}})) as house:
        await ended(house, await send(house))

        assert [one for one in server.headers[0].values() if "github" in one] == []


async def test_a_message_reaches_somebody_by_mail(broker, tmp_path):
    async with serving(MailServer()) as mail:
        url = f"mailto://127.0.0.1:{mail.port}/ada@example.org?from=hearth@example.org&mode=insecure"
        async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}})) as house:
            outcome = await ended(house, await send(house, title="Tonight"))

            [got] = mail.got
            assert (outcome["status"], got["Subject"]) == ("confirmed", "Tonight")


async def test_markup_in_a_message_is_text_in_a_mail(broker, tmp_path):
    async with serving(MailServer()) as mail:
        url = f"mailto://127.0.0.1:{mail.port}/ada@example.org?from=hearth@example.org&mode=insecure&format=html"
        async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}})) as house:
            await ended(house, await send(house, "<img src=http://example.org/spy>"))

            pages = [
                one.get_payload(decode=True) for one in mail.got[0].walk() if "html" in one.get_content_type()
            ]
            assert ([b"&lt;img" in page for page in pages], b"<img" in b"".join(pages)) == ([True], False)


async def test_a_title_adds_no_header_to_a_mail(broker, tmp_path):
    async with serving(MailServer()) as mail:
        url = f"mailto://127.0.0.1:{mail.port}/ada@example.org?from=hearth@example.org&mode=insecure"
        async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}})) as house:
            await ended(house, await send(house, title="Tonight\r\nBcc: eve@example.org\r\n\r\nhello"))

            assert (mail.got[0]["Bcc"], [one for one in mail.recipients if "eve" in one]) == (None, [])


async def test_the_bus_has_every_message_too(broker, tmp_path, server):
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [server.url()]}})) as house:
        await ended(house, await send(house, "the bins", kind="chores", key="bins"))

        [told] = await house.until(lambda: house.on(house.topic("notify")))
        kept = {key: told[key] for key in ("v", "to", "message", "kind", "severity", "key")}
        assert kept == {
            "v": 1,
            "to": "ada",
            "message": "the bins",
            "kind": "chores",
            "severity": "info",
            "key": "bins",
        }


async def test_a_person_without_addresses_is_told_on_the_bus(broker, tmp_path):
    async with living(broker.port, tmp_path, settings({"ada": {}})) as house:
        outcome = await ended(house, await send(house))

        assert (outcome["status"], outcome["reason"]) == ("sent", "ada is told on the bus")


# to whom ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("more", "to", "reached"),
    [
        ({}, None, ["notify.ada", "notify.bob"]),
        ({"default": ["bob"]}, None, ["notify.bob"]),
        ({"default": ["bob"]}, "ada", ["notify.ada"]),
        ({}, ["bob", "ada", "bob"], ["notify.ada", "notify.bob"]),
    ],
)
async def test_a_message_goes_to_whom_it_names_or_to_the_default(broker, tmp_path, more, to, reached):
    async with living(broker.port, tmp_path, settings({"ada": {}, "bob": {}}, **more)) as house:
        action = await send(house, to=to)

        found = await house.until(
            lambda: (
                (found := [one for one in house.outcomes(action) if one["final"]])
                and len(found) == found[0]["of"]
                and found
            )
        )
        assert sorted(one["target"] for one in found) == reached


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"to": "eve"}, "there is nobody called 'eve'; there is ada"),
        ({"message": " \x1b\n"}, "notify.send needs a message"),
        ({"message": ["a"]}, "'message' is to be text"),
        ({"severity": "loud"}, "'loud' is no severity; info, warning, critical would be right"),
        ({"kind": "A b"}, "'A b' is no kind; a word in small letters, as in 'security', would be right"),
        ({"attach": "/etc/passwd"}, "notify.send knows no 'attach'; it takes message, title, to, kind,"),
        ({"to": [1]}, "'to' is the name of a person, or a list of names"),
    ],
)
async def test_what_is_no_message_is_refused_in_words(broker, tmp_path, data, reason):
    async with living(broker.port, tmp_path, settings({"ada": {}})) as house:
        outcome = await ended(house, await send(house, **data))

        assert (outcome["status"], outcome["reason"][: len(reason)]) == ("refused", reason)


async def test_somebody_who_wants_warnings_is_not_bothered_with_less(broker, tmp_path):
    async with living(broker.port, tmp_path, settings({"ada": {"minimum": "warning"}})) as house:
        outcome = await ended(house, await send(house))

        assert (outcome["status"], outcome["reason"]) == ("refused", "ada wants nothing below warning")


async def test_it_does_not_run_unless_it_is_configured(broker, tmp_path):
    async with living(broker.port, tmp_path) as house:
        outcome = await ended(house, await send(house))

        assert (outcome["status"], "notify" in house.daemon.hosted) == ("refused", False)


# what goes wrong -------------------------------------------------------------------------------------------
async def test_a_server_that_fails_once_gets_the_message_again(broker, tmp_path, server):
    server.status = 500
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [server.url()]}})) as house:
        action = await send(house)
        await house.until(lambda: server.asked, WITHIN)
        server.status = 200

        assert ((await ended(house, action))["status"], server.messages) == ("confirmed", ["the bins"])


async def test_a_redirect_is_no_delivery(broker, tmp_path, server):
    server.status = 302
    values = settings({"ada": {"urls": [server.url()]}}, keep="500ms")
    async with living(broker.port, tmp_path, values) as house:
        outcome = await ended(house, await send(house))

        assert outcome["status"] == "failed"


async def test_a_message_that_does_not_get_there_fails_in_words(broker, tmp_path, free_port):
    values = settings({"ada": {"urls": [f"json://127.0.0.1:{free_port}"]}}, keep="500ms")
    async with living(broker.port, tmp_path, values) as house:
        outcome = await ended(house, await send(house))

        reason = "ada was not told: json: A Connection error occurred sending JSON notification to 127.0.0.1."
        assert (outcome["status"], outcome["reason"]) == ("failed", reason)


async def test_the_bus_hears_of_a_message_that_did_not_get_there(broker, tmp_path, free_port):
    values = settings({"ada": {"urls": [f"json://127.0.0.1:{free_port}"]}}, keep="500ms")
    async with living(broker.port, tmp_path, values) as house:
        action = await send(house)

        [told] = await house.until(lambda: house.on(house.topic("notify", "failed")), WITHIN)
        assert (told["id"], told["to"]) == (action, "ada")


async def test_a_dead_server_is_a_problem_until_it_lives_again(broker, tmp_path, free_port):
    values = settings({"ada": {"urls": [f"json://127.0.0.1:{free_port}"]}})
    async with living(broker.port, tmp_path, values) as house:
        action = await send(house)
        await house.until(lambda: len(house.daemon.hosted["notify"]._parts.problems), WITHIN)
        server = WebServer()
        await server.start(free_port)
        await ended(house, action)

        shown = [one for one in await asked(house, "problems") if one["source"] == "notify"]
        await server.stop()
        assert shown == []


async def test_what_an_address_keeps_secret_stands_in_no_reason(broker, tmp_path, server):
    server.status = 500
    url = f"ntfy://ada:s3cretword@127.0.0.1:{server.port}/sesame"
    async with living(broker.port, tmp_path, settings({"ada": {"urls": [url]}}, keep="500ms")) as house:
        outcome = await ended(house, await send(house))

        secrets = [word for word in ("s3cretword", "sesame") if word in repr(house.heard)]
        assert (outcome["status"], secrets) == ("failed", [])


async def test_an_address_of_no_service_fails_at_once_and_says_so(broker, tmp_path):
    async with living(broker.port, tmp_path, settings({"ada": {"urls": ["smoke://signals"]}})) as house:
        outcome = await ended(house, await send(house))

        reason = "ada was not told: smoke:// is no address that apprise can use"
        assert (outcome["status"], outcome["reason"]) == ("failed", reason)


async def test_one_dead_address_does_not_keep_the_other_one_waiting(broker, tmp_path, server, free_port):
    urls = [f"json://127.0.0.1:{free_port}", server.url()]
    async with living(broker.port, tmp_path, settings({"ada": {"urls": urls}})) as house:
        await send(house)
        await send(house, "the cat")

        await house.until(lambda: server.messages == ["the bins", "the cat"], WITHIN)


async def test_a_server_that_never_answers_costs_nobody_else_anything(broker, tmp_path, server):
    async with serving(WebServer()) as silent:
        silent.answers.clear()
        values = settings(
            {"ada": {"urls": [silent.url() + "?rto=60"]}, "bob": {"urls": [server.url()]}}, timeout="500ms"
        )
        async with living(broker.port, tmp_path, values) as house:
            await send(house, to="ada")
            await house.until(lambda: silent.asked, WITHIN)
            lag = asyncio.get_running_loop().time()
            outcome = await ended(house, await send(house, "the cat", to="bob"))

            took = asyncio.get_running_loop().time() - lag
            assert (outcome["status"], took < 2) == ("confirmed", True)


async def test_a_slow_answer_is_a_problem_but_no_second_message(broker, tmp_path, server):
    server.answers.clear()
    values = settings({"ada": {"urls": [server.url() + "?rto=60"]}}, timeout="300ms")
    async with living(broker.port, tmp_path, values) as house:
        action = await send(house)
        await house.until(lambda: len(house.daemon.hosted["notify"]._parts.problems), WITHIN)
        server.answers.set()
        outcome = await ended(house, action)

        assert (outcome["status"], server.asked, server.messages) == ("confirmed", 1, ["the bins"])


# what stays ------------------------------------------------------------------------------------------------
async def test_a_message_that_waits_survives_a_restart(broker, tmp_path, free_port):
    values = settings({"ada": {"urls": [f"json://127.0.0.1:{free_port}"]}})
    async with living(broker.port, tmp_path, values) as house:
        await send(house)
        await house.until(lambda: len(house.daemon.hosted["notify"]._parts.problems), WITHIN)
    server = WebServer()
    await server.start(free_port)
    async with living(broker.port, tmp_path, values) as house:
        await house.until(lambda: server.messages == ["the bins"], WITHIN)
    await server.stop()


async def test_what_is_sent_while_the_daemon_ends_is_not_sent_again(broker, tmp_path, server):
    values = settings({"ada": {"urls": [server.url()]}})
    server.answers.clear()
    async with living(broker.port, tmp_path, values) as house:
        await send(house)
        await house.until(lambda: server.asked, WITHIN)
        asyncio.get_running_loop().call_later(0.3, server.answers.set)
    async with living(broker.port, tmp_path, values) as house:
        await send(house, "the cat")

        await house.until(lambda: "the cat" in server.messages, WITHIN)
        assert server.messages == ["the bins", "the cat"]


async def test_what_was_said_is_not_said_again_after_a_restart(broker, tmp_path, server):
    values = settings({"ada": {"urls": [server.url()]}})
    async with living(broker.port, tmp_path, values) as house:
        await ended(house, await send(house, key="bins"))
    async with living(broker.port, tmp_path, values) as house:
        outcome = await ended(house, await send(house, key="bins"))

        said = (outcome["status"], outcome["reason"], server.messages)
        assert said == ("confirmed", "ada was told the same already", ["the bins"])
