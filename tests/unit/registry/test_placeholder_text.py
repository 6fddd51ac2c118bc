import pytest

from leastway.registry import find_placeholder_text, is_placeholder_name


@pytest.mark.parametrize("text", ["<<ROLE-NAME>>", "<your bucket>", "{{ account }}", "ACCOUNT_ID", "CHANGE_ME", "$(x)"])
def test_what_stands_where_a_value_belongs(text: str) -> None:
    assert text in {text[start:end] for start, end in find_placeholder_text(text)}


def test_what_the_platform_replaces_itself_is_left_to_it() -> None:
    assert list(find_placeholder_text("${context.app.id}")) != []
    assert list(find_placeholder_text("${context.app.id}", variables=True)) == []


@pytest.mark.parametrize("text", ["account-id", "Role_Name", "example", "my-example"])
def test_names_of_documentation(text: str) -> None:
    assert is_placeholder_name(text)


@pytest.mark.parametrize("text", ["humanitec-s3", "examples", "deployer"])
def test_names_of_ones_own(text: str) -> None:
    assert not is_placeholder_name(text)
