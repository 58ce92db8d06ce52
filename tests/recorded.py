"""salve on scenarios/fix-approve: a recorded cluster that the fake kubectl changes once, at the time of its recording."""
import datetime
import functools
import json
import pathlib

SCENARIO = pathlib.Path(__file__).resolve().parent.parent / "scenarios/fix-approve"


@functools.lru_cache
def taken_us(scenario=SCENARIO):
    """When it was recorded, in microseconds since 1970."""
    with (scenario / "cluster.json").open() as file:
        at = json.load(file)["taken_at"]
    return int(datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).replace(microsecond=0).timestamp()) * 1_000_000


def desk(build, work, scenario=SCENARIO):
    """A folder for one cluster and its records; what a salve that works there has to find around itself."""
    (work / "bin").mkdir()
    (work / "bin/kubectl").symlink_to(build / "fake_kubectl")
    return {"PATH": f"{work / 'bin'}:/usr/bin:/bin", "KUBECONFIG": str(scenario / "cluster.json"), "TMPDIR": str(work), "HOME": str(work),
            "LD_PRELOAD": str(build / "libfake_clock.so"), "SALVE_TEST_TIME": str(taken_us(scenario)),
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


def changes(calls):
    """Those of the calls that would change something."""
    return [call for call in calls if call.startswith("kubectl patch ") and "--dry-run" not in call]
