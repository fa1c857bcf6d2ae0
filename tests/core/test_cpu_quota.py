"""A container's CPU quota is read from its control group, of either version, wherever its folder is mounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.system.cpu_quota import CpuQuota


class Group:
    """A folder as the kernel fills it."""

    def __init__(self, folder: Path, version: int) -> None:
        self.folder, self._version = folder, version
        folder.mkdir(parents=True, exist_ok=True)

    def quota(self, microseconds: int | None, period: int = 100_000) -> None:
        if self._version == 2:
            (self.folder / "cpu.max").write_text(f"{microseconds or 'max'} {period}\n")
        else:
            (self.folder / "cpu.cfs_quota_us").write_text(f"{microseconds or -1}\n")
            (self.folder / "cpu.cfs_period_us").write_text(f"{period}\n")

    def stat(self, periods: int, throttled: int, seconds: float) -> None:
        text = f"nr_periods {periods}\nnr_throttled {throttled}\n"
        if self._version == 2:
            text = f"usage_usec 1\nuser_usec 1\nsystem_usec 0\n{text}throttled_usec {seconds * 1e6:.0f}\nnr_bursts 0\n"
        else:
            text += f"throttled_time {seconds * 1e9:.0f}\n"
        (self.folder / "cpu.stat").write_text(text)


def own(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "own"
    file.write_text(text)
    return file


PLACES = {
    "version 2 in a container": (2, "", "0::/\n"),
    "version 2 on a host": (2, "system.slice/load.service", "0::/system.slice/load.service\n"),
    "version 1 in a container": (1, "cpu,cpuacct", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n"),
    "version 1 by its short name": (1, "cpu/pods/one", "3:memory:/x\n1:cpu:/pods/one\n"),
    "version 1 next to version 2": (2, "unified/one", "1:name=systemd:/\n0::/one\n"),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_throttled_share_of_time_is_measured(tmp_path: Path, place: str) -> None:
    version, folder, text = PLACES[place]
    group = Group(tmp_path / "cgroup" / folder, version)
    group.quota(50_000)
    group.stat(100, 10, 1.0)
    quota = CpuQuota(tmp_path / "cgroup", own(tmp_path, text))
    assert quota.cores == 0.5 and quota.throttled_percent(10.0) is None
    group.stat(120, 20, 1.8)
    assert quota.throttled_percent(12.0) == pytest.approx(40.0)
    group.stat(140, 20, 1.8)
    assert quota.throttled_percent(14.0) == 0.0


def test_the_tighter_quota_of_pod_and_container_counts(tmp_path: Path) -> None:
    pod, container = Group(tmp_path / "cgroup/pod", 2), Group(tmp_path / "cgroup/pod/one", 2)
    pod.quota(25_000)
    container.quota(200_000)
    pod.stat(0, 0, 0.0)
    container.stat(0, 0, 0.0)
    quota = CpuQuota(tmp_path / "cgroup", own(tmp_path, "0::/pod/one\n"))
    assert quota.cores == 0.25
    quota.throttled_percent(0.0)
    pod.stat(10, 10, 5.0)  # of four cores together
    assert quota.throttled_percent(1.0) == 100.0


def test_without_a_quota_there_is_no_reading(tmp_path: Path) -> None:
    group = Group(tmp_path / "cgroup", 2)
    group.quota(None)
    group.stat(0, 0, 0.0)
    for text in ("0::/\n", "", "nonsense"):
        quota = CpuQuota(tmp_path / "cgroup", own(tmp_path, text))
        assert quota.cores is None and quota.throttled_percent(1.0) is None is quota.throttled_percent(2.0)
    assert CpuQuota(tmp_path / "none", tmp_path / "none").cores is None


@pytest.mark.parametrize("broken", ["", "nr_periods x\n", "nr_periods 1\nnr_throttled 1\n"])
def test_unreadable_control_group_files_give_no_reading(tmp_path: Path, broken: str) -> None:
    group = Group(tmp_path / "cgroup", 2)
    group.quota(50_000)
    (group.folder / "cpu.stat").write_text(broken)
    assert CpuQuota(tmp_path / "cgroup", own(tmp_path, "0::/\n")).throttled_percent(1.0) is None
