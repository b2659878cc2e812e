"""The vault keeps raw bytes for ever, for its owner only, and shows nothing to who has no key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from milepost.errors import ConfigurationError, Terminal
from milepost.store.vault import Vault

RAW = "姓名;AFP\n李伟;420\n".encode("gb18030")
SHA = "f3249f31fb3fa760bc09bc78adfc168cef7b7ba256b48d85d23464353af22366"
KEY = b"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_bytes_come_back_by_their_hash(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    assert vault.put(RAW) == SHA
    assert vault.get(SHA) == RAW
    assert Vault(tmp_path / "vault").get(SHA) == RAW


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    vault.put(RAW)
    before = [(path, path.stat().st_mtime_ns) for path in files(tmp_path)]
    assert vault.put(RAW) == SHA
    assert [(path, path.stat().st_mtime_ns) for path in files(tmp_path)] == before
    assert len(before) == 1


def test_files_lie_two_folders_deep_and_only_the_owner_may_read(tmp_path: Path) -> None:
    root = tmp_path / "home" / "vault"
    umask = os.umask(0)
    try:
        Vault(root).put(RAW)
    finally:
        os.umask(umask)
    (file,) = files(root)
    assert file.relative_to(root).parts == (SHA[:2], SHA[2:4], SHA)
    assert file.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in (root, file.parent, file.parent.parent)} == {0o700}


def test_a_vault_that_was_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    root.mkdir(mode=0o755)
    root.chmod(0o755)
    Vault(root).put(RAW)
    assert root.stat().st_mode & 0o777 == 0o700


def test_with_a_key_neither_bytes_nor_names_can_be_read_without_it(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault", KEY)
    vault.put(RAW)
    vault.note(SHA, "李伟_420.csv")
    stored = b"".join(path.read_bytes() for path in files(tmp_path))
    for secret in (RAW, "李伟".encode(), b"420.csv", "李伟".encode("unicode_escape")):
        assert secret not in stored
    assert vault.get(SHA) == RAW
    assert vault.names(SHA) == ["李伟_420.csv"]
    with pytest.raises(ConfigurationError, match="give its key"):
        Vault(tmp_path / "vault").get(SHA)
    with pytest.raises(ConfigurationError, match="not the one"):
        Vault(tmp_path / "vault", Fernet.generate_key()).get(SHA)


def test_a_key_given_later_leaves_older_bytes_readable_and_hides_their_names_with_the_next_one(
    tmp_path: Path,
) -> None:
    plain = Vault(tmp_path / "vault")
    plain.put(RAW)
    plain.note(SHA, "first.csv")
    sealed = Vault(tmp_path / "vault", KEY)
    assert sealed.get(SHA) == RAW
    sealed.note(SHA, "second.csv")
    assert sealed.names(SHA) == ["first.csv", "second.csv"]
    assert not any(b"first.csv" in path.read_bytes() for path in files(tmp_path))


def test_a_name_is_noted_once(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    vault.put(RAW)
    for name in ("a.csv", "b.csv", "a.csv"):
        vault.note(SHA, name)
    assert vault.names(SHA) == ["a.csv", "b.csv"]


def test_changed_bytes_are_noticed_and_missing_ones_named(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    vault.put(RAW)
    files(tmp_path)[0].write_bytes(RAW + b"x")
    with pytest.raises(Terminal, match="was changed"):
        vault.get(SHA)
    with pytest.raises(Terminal, match="has no file 000000000000"):
        vault.get("0" * 64)


def test_a_path_is_no_hash(tmp_path: Path) -> None:
    with pytest.raises(Terminal, match="asked by SHA-256"):
        Vault(tmp_path / "vault").get("../../etc/passwd")


def test_a_write_cut_off_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    vault = Vault(tmp_path / "vault")
    monkeypatch.setattr(os, "fsync", out_of_space)
    with pytest.raises(OSError, match="No space"):
        vault.put(RAW)
    monkeypatch.undo()
    assert files(tmp_path) == []
    assert vault.put(RAW) == SHA


def test_a_wrong_key_is_refused_by_its_form(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="44 characters"):
        Vault(tmp_path / "vault", b"short").put(RAW)
