"""Topic filters mean what MQTT says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mqtt.trie import FilterTree, check_filter, check_topic

LEVELS = st.sampled_from(["", "a", "b", "$SYS", "a b", "é"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=5).map("/".join).filter(bool)
FILTERS = (
    st.tuples(st.lists(LEVELS | st.just("+"), max_size=4), st.sampled_from(["", "#", "+", "a"]))
    .map(lambda parts: "/".join([*parts[0], parts[1]] if parts[1] else parts[0]))
    .filter(bool)
)


def naive(topic_filter: str, topic: str) -> bool:
    """The rules of MQTT 5, 4.7, read aloud."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(levels) or level not in ("+", levels[at]):
            return False
    return len(wanted) == len(levels)


def tree(*filters: str) -> FilterTree[str]:
    made: FilterTree[str] = FilterTree()
    for one in filters:
        made[one] = one
    return made


@given(st.lists(FILTERS, max_size=8, unique=True), TOPICS)
def test_the_tree_finds_what_the_rules_read_aloud_find(filters, topic):
    found = tree(*filters).match(topic)

    assert sorted(found) == sorted(one for one in filters if naive(one, topic))


@given(st.lists(FILTERS, min_size=1, max_size=8, unique=True), TOPICS, st.data())
def test_a_filter_that_was_taken_out_matches_no_more(filters, topic, data):
    made = tree(*filters)
    made.match(topic)
    gone = data.draw(st.sampled_from(filters))

    del made[gone]

    assert sorted(made.match(topic)) == sorted(one for one in filters if one != gone and naive(one, topic))


def test_a_hash_matches_its_parent_level():
    assert tree("sport/#").match("sport") == ("sport/#",)


def test_wildcards_in_the_first_level_leave_dollar_topics_alone():
    assert tree("#", "+/uptime").match("$SYS/uptime") == ()


def test_a_shared_filter_matches_what_stands_behind_its_group():
    assert tree("$share/workers/jobs/+").match("jobs/1") == ("$share/workers/jobs/+",)


def test_a_filter_added_later_is_found_for_a_topic_seen_before():
    made = tree("a/#")
    made.match("a/b")

    made["a/b"] = "a/b"

    assert set(made.match("a/b")) == {"a/#", "a/b"}


def test_no_more_topics_are_remembered_than_allowed():
    made: FilterTree[str] = FilterTree(remembered=10)
    made["#"] = "#"

    for number in range(100):
        made.match(f"topic/{number}")

    assert len(made._matches) <= 10


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("", "must not be empty"),
        ("a/#/b", "`#` stands alone in the last level"),
        ("a/b#", "`#` stands alone in the last level"),
        ("a/+b/c", "takes a whole level, unlike in '+b'"),
        ("a\0", "no NUL"),
        ("x" * 65_536, "65536 bytes, 65535 at most"),
        ("$share/group", "`$share/<group>/<filter>`"),
        ("$share/+/a", "`$share/<group>/<filter>`"),
        ("\ud800", "not valid Unicode"),
    ],
)
def test_what_is_no_filter_is_refused_with_the_reason(bad, says):
    with pytest.raises(ValueError, match=r".") as refused:
        check_filter(bad)

    assert says in str(refused.value)


def test_nothing_is_published_on_a_wildcard():
    with pytest.raises(ValueError, match="belong into filters"):
        check_topic("a/+")
