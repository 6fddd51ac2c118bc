import pytest

from leastway.registry import find_placeholder_text, is_placeholder_name


@pytest.mark.parametrize("text", ["<<ROLE-NAME>>", "<your bucket>", "{{ account }}", "ACCOUNT_ID", "CHANGE_ME", "$(x)"])
def test_placeholder_text_is_found(text: str) -> None:
    assert text in {text[start:end] for start, end in find_placeholder_text(text)}


def test_variables_of_the_platform_are_not_placeholder_text() -> None:
    assert list(find_placeholder_text("${context.app.id}")) != []
    assert list(find_placeholder_text("${context.app.id}", variables=True)) == []


@pytest.mark.parametrize("text", ["account-id", "Role_Name", "example", "my-example"])
def test_names_that_documentation_uses_are_placeholders(text: str) -> None:
    assert is_placeholder_name(text)


@pytest.mark.parametrize("text", ["humanitec-s3", "examples", "deployer"])
def test_other_names_are_not_placeholders(text: str) -> None:
    assert not is_placeholder_name(text)
