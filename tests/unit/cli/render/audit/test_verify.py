"""What a check of a log prints."""

import pytest

from leastway.app.audit.verify import VerifiedLog
from leastway.cli.render.audit.verify import print_verified
from leastway.tlog import LogCheck, Signature, SignatureType, SignedCheckpoint, Signer
from tests.unit.tlog.logs import LOG, checkpoint_of, entries_of


@pytest.mark.parametrize("as_json", [False, True])
def test_a_witness_with_an_impossible_time_is_shown(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    witness = Signer("witness.example/w1", bytes(32), SignatureType.WITNESS)
    signature = Signature(witness.key.name, witness.key.id, b"\xff" * 72)
    checkpoint = checkpoint_of(entries_of(3))
    signed = SignedCheckpoint(checkpoint, checkpoint.signed(LOG), ((witness.key, signature),))
    print_verified(VerifiedLog(LogCheck(signed, ()), None, None), as_json=as_json)
    assert ('"at": null' if as_json else "witness.example/w1, at an impossible time") in capsys.readouterr().out
