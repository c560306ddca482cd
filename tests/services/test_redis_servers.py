"""The limits on a Redis Cluster and behind Sentinels, and what a wrong setting of Redis does."""

import socket
import subprocess
import time
from contextlib import ExitStack

import pytest

from myusa.lib import limits
from myusa.lib.limits import DAY, Limit
from myusa.lib.redis_servers import broker
from tests import metrics, processes, programs

pytestmark = [pytest.mark.services]
UNCHECKED = "myusa_limits_unchecked_total"
MISCONFIGURED = "myusa_redis_misconfigured_total"


@pytest.fixture
def start(tmp_path):
    """Start a Redis with these options in its configuration and return its port."""
    with ExitStack() as running:

        def run(*lines: str, sentinel: bool = False) -> int:
            port = programs.free_port()
            folder = tmp_path / str(port)
            folder.mkdir()
            basics = [f"port {port}", "bind 127.0.0.1", f"dir {folder}"]
            if not sentinel:
                basics += ['save ""', "appendonly no"]
            if "cluster-enabled yes" in lines:
                basics.append(f"cluster-port {programs.free_port()}")
            (folder / "redis.conf").write_text("\n".join([*basics, *lines, ""]))
            command = [
                programs.require("redis-server"),
                str(folder / "redis.conf"),
                *(["--sentinel"] if sentinel else []),
            ]
            log = folder / "log"
            environment = processes.clean_environment()
            running.enter_context(processes.running(*command, log=log, environment=environment))
            processes.wait_until(lambda: "Ready to accept" in log.read_text() or "Sentinel ID" in log.read_text())
            return port

        yield run


@pytest.fixture(autouse=True)
def asked_each_time(monkeypatch):
    """After a failure Redis is asked again at once."""
    monkeypatch.setattr(limits, "OPEN_CIRCUIT_SECONDS", 0)


def cli(port: int, *command: str) -> str:
    program = [programs.require("redis-cli"), "-p", str(port), *command]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=10).stdout


def are_counted() -> bool:
    both = [Limit("quota:1:profile", 2, 60), Limit("quota:1:tasks", 5, DAY)]
    before = metrics.value(UNCHECKED)
    hits = [limits.hit_all(both)[0].allowed for _ in range(3)]
    return hits == [True, True, False] and metrics.value(UNCHECKED) == before


@pytest.fixture
def cluster(start):
    """A Cluster of one node that serves every slot."""
    port = start("cluster-enabled yes")
    cli(port, "cluster", "addslotsrange", "0", "16383")
    processes.wait_until(lambda: "cluster_state:ok" in cli(port, "cluster", "info"))
    return port


def test_limits_count_on_a_cluster(cluster, settings):
    settings.REDIS_URL = f"redis+cluster://127.0.0.1:{cluster}"
    assert are_counted()
    limits.probe()
    limits.reset()
    assert are_counted()


def test_keys_of_one_question_share_a_slot_of_a_cluster(cluster, settings):
    """Then a node of a Cluster of several nodes can count them, too."""
    settings.REDIS_URL = f"redis://127.0.0.1:{cluster}/0"
    assert are_counted()


def test_keys_without_a_common_tag_are_refused():
    with pytest.raises(ValueError, match="first two parts"):
        limits.hit_all([Limit("quota:1", 1, 60), Limit("quota:2", 1, 60)])


def test_limits_count_behind_sentinels_also_after_a_failover(start, settings):
    first = start()
    second = start(f"replicaof 127.0.0.1 {first}")
    sentinel = start(
        f"sentinel monitor main 127.0.0.1 {first} 1",
        "sentinel down-after-milliseconds main 500",
        "sentinel failover-timeout main 2000",
        sentinel=True,
    )
    settings.REDIS_URL = f"redis+sentinel://127.0.0.1:{sentinel}/main/0"
    assert are_counted()
    processes.wait_until(
        lambda: f"127.0.0.1:{second}" in cli(sentinel, "sentinel", "replicas", "main").replace("\n", ":")
    )
    processes.wait_until(lambda: "master_link_status:up" in cli(second, "info", "replication"))
    cli(sentinel, "sentinel", "failover", "main")
    processes.wait_until(lambda: str(second) in cli(sentinel, "sentinel", "get-master-addr-by-name", "main"))

    def counted() -> bool:
        before = metrics.value(UNCHECKED)
        limits.hit("after:failover", 10**6, DAY)
        return metrics.value(UNCHECKED) == before

    processes.wait_until(counted, seconds=10)


def test_celery_gets_the_sentinels_and_no_cluster():
    url, options = broker("redis+sentinel://user:word@one:26379,two:26380/main/3")
    assert url == "sentinel://user:word@one:26379/3;sentinel://user:word@two:26380/3"
    assert options == {"master_name": "main"}
    assert broker("redis+cluster://one:6379") == ("", {})
    assert broker("rediss://one:6379/1") == ("rediss://one:6379/1", {})


def no_password(start):
    return f"redis://127.0.0.1:{start('requirepass secret')}/0", "NOAUTH"


def wrong_password(start):
    return f"redis://:other@127.0.0.1:{start('requirepass secret')}/0", "NOAUTH"


def no_permission(start):
    port = start("user limited on >word ~* +get +ping +client +hello +info")
    return f"redis://limited:word@127.0.0.1:{port}/0", "NOPERM"


def replica(start):
    return f"redis://127.0.0.1:{start(f'replicaof 127.0.0.1 {start()}')}/0", "READONLY"


def out_of_memory(start):
    port = start("maxmemory 1", "maxmemory-policy noeviction")
    return f"redis://127.0.0.1:{port}/0", "OOM"


def node_of_a_cluster(start):
    """It serves no slot of the limits' keys: another node would."""
    port, other = start("cluster-enabled yes"), start("cluster-enabled yes")
    bus = cli(other, "config", "get", "cluster-port").split()[-1]
    cli(port, "cluster", "addslotsrange", "0", "1")
    cli(other, "cluster", "addslotsrange", "2", "16383")
    cli(port, "cluster", "meet", "127.0.0.1", str(other), bus)
    processes.wait_until(lambda: "cluster_state:ok" in cli(port, "cluster", "info"))
    return f"redis://127.0.0.1:{port}/0", "MOVED"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "situation", [no_password, wrong_password, no_permission, replica, out_of_memory, node_of_a_cluster]
)
def test_wrong_setting_is_an_error_of_its_own(situation, start, settings, anonymous):
    settings.REDIS_URL, code = situation(start)
    settings.CELERY_BROKER_URL = "memory://"
    before = metrics.value(MISCONFIGURED, code=code)
    assert limits.hit("quota:1", 5, 60).allowed
    assert metrics.value(MISCONFIGURED, code=code) == before + 1
    ready = anonymous.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["redis"]) == (503, "misconfigured")


@pytest.mark.django_db
def test_ready_again_once_the_setting_is_right(start, settings, anonymous):
    port = start("requirepass secret")
    settings.REDIS_URL, settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0", "memory://"
    assert anonymous.get("/readyz").json()["parts"]["redis"] == "misconfigured"
    cli(port, "-a", "secret", "config", "set", "requirepass", "")
    assert anonymous.get("/readyz").json()["parts"]["redis"] == "ok"


@pytest.mark.django_db
def test_node_of_a_cluster_is_no_broker(cluster, settings, anonymous):
    settings.REDIS_URL, settings.CELERY_BROKER_URL = "", f"redis://127.0.0.1:{cluster}/0"
    assert anonymous.get("/readyz").json()["parts"]["broker"] == "misconfigured"


@pytest.fixture
def partitioned():
    """The port of a server to which no packet gets through: its queue of new connections is full."""
    with ExitStack() as sockets:
        server = sockets.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.django_db
def test_server_to_which_no_packet_gets_through_keeps_no_one_waiting(partitioned, settings, anonymous):
    with pytest.raises(TimeoutError), socket.create_connection(("127.0.0.1", partitioned), timeout=1):
        pass
    settings.REDIS_URL = settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{partitioned}/0"
    before, began = metrics.value(UNCHECKED), time.monotonic()
    assert limits.hit("quota:1", 5, 60).allowed
    assert time.monotonic() - began < 5
    assert metrics.value(UNCHECKED) == before + 1
    began = time.monotonic()
    ready = anonymous.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["redis"], ready.json()["parts"]["broker"]) == (503, "down", "down")
    assert time.monotonic() - began < 15
