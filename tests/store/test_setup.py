"""Set-up: repeated, interrupted, unfitting; and letting further officers in."""

from pathlib import Path

import pytest

from appliance.config import Config, StoreConfig
from appliance.errors import Locked, NotFound, StoreError, WrongSecret
from appliance.store import audit, db, messages, officers, settings, setup, vault


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(store=StoreConfig(tmp_path / "var" / "state", tmp_path / "run"))


def head_password(config: Config) -> str:
    made = setup.init(config, head_name="truc-ban")
    assert made.one_time_password
    return made.one_time_password


def key_of(conn: db.Connection, name: str, password: str) -> bytes:
    officer = officers.get(conn, name)
    assert officer
    assert officer.wrapped_key
    return vault.public_of(vault.unwrap(officer.wrapped_key, password))


def test_the_head_s_one_time_password_opens_what_is_sealed_to_the_post(config: Config) -> None:
    made = setup.init(config, head_name="truc-ban")
    assert (made.head, made.created) == ("truc-ban", True)
    conn = db.connect(config.store.database)
    public = vault.load_public_key(config.store.public_key)
    assert key_of(conn, "truc-ban", made.one_time_password or "") == public
    head = officers.get(conn, "truc-ban")
    assert head
    assert (head.role, head.one_time) == ("head", True)
    assert audit.verify(conn).ok


def test_folders_belong_to_the_group_of_all_processes(config: Config) -> None:
    setup.init(config, head_name="truc-ban")
    store = config.store
    for folder in (store.state_dir, store.spool_dir, *store.run_dir.iterdir()):
        assert folder.stat().st_mode & 0o7777 == 0o2770


def test_a_second_set_up_changes_nothing(config: Config) -> None:
    setup.init(config, head_name="truc-ban")
    before = {p: p.read_bytes() for p in config.store.state_dir.rglob("*") if p.is_file()}
    again = setup.init(config, head_name="somebody else")
    assert again == setup.InitResult("truc-ban", None, False)
    after = {p: p.read_bytes() for p in config.store.state_dir.rglob("*") if p.is_file()}
    assert before[config.store.public_key] == after[config.store.public_key]
    conn = db.connect(config.store.database)
    assert [one.name for one in officers.list_all(conn)] == ["truc-ban"]


def test_a_set_up_interrupted_before_its_public_key_is_begun_anew(config: Config) -> None:
    head_password(config)
    config.store.public_key.unlink()  # as if the power had gone before it was written
    made = setup.init(config, head_name="other-name")
    assert made.one_time_password
    conn = db.connect(config.store.database)
    public = vault.load_public_key(config.store.public_key)
    assert key_of(conn, "other-name", made.one_time_password) == public
    assert [one.name for one in officers.list_all(conn)] == ["other-name"]


@pytest.mark.parametrize("use", ["own password", "second officer", "message"])
def test_a_lost_public_key_of_a_post_in_use_is_made_anew_not_replaced(
    config: Config, use: str
) -> None:
    password = head_password(config)
    public = vault.load_public_key(config.store.public_key)
    conn = db.connect(config.store.database)
    if use == "own password":
        officers.set_password(conn, "truc-ban", "hash", b"wrap", "truc-ban")
    elif use == "second officer":
        setup.add_officer(conn, "can-bo-1", "officer", by="truc-ban", by_password=password)
    else:
        messages.begin(conn, f"{'a' * 32}-1", "a" * 32, 1.0)
    config.store.public_key.unlink()
    assert setup.init(config, head_name="x") == setup.InitResult("truc-ban", None, False)
    assert vault.load_public_key(config.store.public_key) == public


def test_a_key_without_its_database_is_never_replaced(config: Config) -> None:
    setup.init(config, head_name="truc-ban")
    public = config.store.public_key.read_bytes()
    for path in config.store.state_dir.glob("hotline.db*"):
        path.unlink()
    with pytest.raises(StoreError, match="restore a backup"):
        setup.init(config, head_name="truc-ban")
    assert config.store.public_key.read_bytes() == public


def test_a_public_key_that_is_not_the_officers_is_told(config: Config) -> None:
    setup.init(config, head_name="truc-ban")
    vault.save_public_key(config.store.public_key, vault.make_key_pair().public)
    with pytest.raises(StoreError, match="not the key of this post"):
        setup.init(config, head_name="truc-ban")


def test_a_state_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = Config(store=StoreConfig(tmp_path / "file" / "state", tmp_path / "run"))
    with pytest.raises(StoreError, match="cannot make"):
        setup.init(config, head_name="truc-ban")


def test_an_officer_is_let_in_by_another_and_opens_the_same_post(config: Config) -> None:
    password = head_password(config)
    conn = db.connect(config.store.database)
    first = setup.add_officer(conn, "can-bo-1", "officer", by="truc-ban", by_password=password)
    second = setup.add_officer(conn, "trưởng-mới", "head", by="can-bo-1", by_password=first)
    public = vault.load_public_key(config.store.public_key)
    assert key_of(conn, "can-bo-1", first) == key_of(conn, "trưởng-mới", second) == public
    assert audit.list_for(conn, "trưởng-mới")[0].actor == "can-bo-1"


def test_a_technician_is_let_in_without_a_key_and_lets_nobody_in(config: Config) -> None:
    password = head_password(config)
    conn = db.connect(config.store.database)
    own = setup.add_officer(conn, "kt", "technician", by="truc-ban", by_password=password)
    found = officers.existing(conn, "kt")
    assert found.wrapped_key is None
    assert vault.verify_password(found.password_hash, own)
    with pytest.raises(Locked, match="holds no key"):
        setup.add_officer(conn, "can-bo-1", "officer", by="kt", by_password=own)


def test_a_wrong_password_lets_nobody_in(config: Config) -> None:
    setup.init(config, head_name="truc-ban")
    conn = db.connect(config.store.database)
    with pytest.raises(WrongSecret):
        setup.add_officer(conn, "can-bo-1", "officer", by="truc-ban", by_password="guess")
    with pytest.raises(NotFound):
        setup.add_officer(conn, "can-bo-1", "officer", by="nobody", by_password="guess")
    assert officers.get(conn, "can-bo-1") is None


def test_the_recovery_code_lets_an_officer_in_however_it_is_typed(config: Config) -> None:
    password = head_password(config)
    conn = db.connect(config.store.database)
    with pytest.raises(Locked, match="no recovery code"):
        setup.add_officer_by_recovery(conn, "can-bo-1", "head", vault.make_recovery_code())
    head = officers.existing(conn, "truc-ban")
    private = vault.unwrap(head.wrapped_key or b"", password)
    code = vault.make_recovery_code()
    settings.put(conn, setup.RECOVERY_WRAP, vault.wrap(private, code).hex(), "truc-ban")
    own = setup.add_officer_by_recovery(conn, "can-bo-1", "head", code.lower().replace("-", " "))
    assert key_of(conn, "can-bo-1", own) == vault.load_public_key(config.store.public_key)
    with pytest.raises(WrongSecret):
        setup.add_officer_by_recovery(conn, "b", "head", vault.make_recovery_code())


def test_the_private_key_is_nowhere_in_the_state_folder(config: Config) -> None:
    password = head_password(config)
    conn = db.connect(config.store.database)
    private = vault.unwrap(officers.existing(conn, "truc-ban").wrapped_key or b"", password)
    for path in (*config.store.state_dir.rglob("*"), *config.store.run_dir.rglob("*")):
        if path.is_file():
            stored = path.read_bytes()
            assert private not in stored
            assert private.hex().encode() not in stored
            assert password.encode() not in stored


def test_settings_keep_their_newest_value(config: Config) -> None:
    setup.init(config, head_name="truc-ban")
    conn = db.connect(config.store.database)
    assert settings.get(conn, "colour") is None
    settings.put(conn, "colour", "đỏ", "can-bo-1")
    settings.put(conn, "colour", "xanh", "can-bo-1")
    assert settings.get(conn, "colour") == "xanh"
