"""A project of the tests is a repository of its own."""

from conftest import NewProject


def test_a_project_has_one_commit_of_its_own(new_project: NewProject) -> None:
    project = new_project()
    assert project.run("git", "rev-list", "--count", "HEAD").stdout == "1\n"
    assert project.run("git", "rev-parse", "--show-toplevel").stdout == f"{project.folder}\n"
