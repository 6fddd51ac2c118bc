"""Which installed address lists differ from the profile's."""

from leastway.compiler.documents import egress_policy
from leastway.estate import Address, Kind, Place, with_addresses
from leastway.policy import Document
from leastway.reconcile import Change, ChangeAction, Difference, OldList, old_lists


def test_address_without_a_mask_equals_the_block_of_one_address() -> None:
    whole = egress_policy(["192.0.2.1/32", "192.0.2.2/32"])
    bare, short = with_addresses(whole, ["192.0.2.1", "192.0.2.2"]), with_addresses(whole, ["192.0.2.1"])
    address = Address(Place("111122223333"), Kind.ROLE, "humanitec-s3")

    def found(before: Document) -> tuple[OldList, ...]:
        difference = Difference("inline policy leastway-egress", before, whole)
        return old_lists([Change(address, ChangeAction.UPDATE, "", differences=(difference,))], [])

    assert found(bare) == ()
    assert found(short) == (OldList(address, ("192.0.2.2/32",), ()),)
