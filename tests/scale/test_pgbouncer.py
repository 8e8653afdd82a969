"""Two nodes behind PgBouncer in transaction mode, with four connections to PostgreSQL for all of their threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from copy import copy
from pathlib import Path

import psycopg
import pytest
from tests import postgres
from tests.api.test_srp import sign_in as sign_in_by_srp
from tests.api.test_tokens import by_flow
from tests.scale.bouncer import Bouncer, needed
from tests.serving import Pool, serving

from keydesk.flows import backups

SIZE = 4


@pytest.fixture
def bouncer(tmp_path: Path) -> Iterator[tuple[Bouncer, str]]:
    url = postgres.required_database(schema=False)
    made = Bouncer(url, tmp_path, SIZE)
    made.start()
    yield made, url
    made.stop()
    postgres.drop_database(url)


@needed
@pytest.mark.postgres
def test_nodes_share_few_connections_and_outlive_the_pooler(bouncer: tuple[Bouncer, str], tmp_path: Path) -> None:
    """Both find an empty database and bring its schema forward, and sign people in from many threads. A backup sees one
    moment. When PgBouncer dies and comes back, so do they, without a restart.
    """
    pooler, direct = bouncer
    said = {"database_url": pooler.url, "key_file": str(tmp_path / "sealing.key")}
    with ExitStack() as stack, ThreadPoolExecutor(16) as crowd:
        nodes = [stack.enter_context(serving(tmp_path / str(number), **said)) for number in range(2)]
        pool = Pool(nodes[0])
        pool.user("ada")
        pools = [pool, copy(pool)]
        pools[1].server, pools[1].api = nodes[1], nodes[1].client()

        def come_in(number: int) -> bool:
            here = pools[number % 2]
            tokens = here.tokens() if number % 3 else sign_in_by_srp(here)["AuthenticationResult"]
            return bool(by_flow(here, tokens["RefreshToken"]))

        assert all(crowd.map(come_in, range(60)))
        assert behind(direct) <= SIZE
        copied = nodes[0].run(backups.save(nodes[0].house.desk.store, tmp_path / "copy", 1))
        assert copied["sessions"] == 60
        pooler.stop()
        assert pool.refused(pool.sign_in)[0] == "ServiceUnavailableException"
        pooler.start()
        assert all(crowd.map(come_in, range(8)))


def behind(url: str) -> int:
    """Connections that PostgreSQL has for the database, but this one."""
    with psycopg.connect(url) as db:
        found = db.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(found[0]) if found else 0
