"""Each test project is its own git repository."""

from projects import NewProject


def test_a_test_project_is_a_repository_with_one_commit(new_project: NewProject) -> None:
    project = new_project()
    assert project.run("git", "rev-list", "--count", "HEAD").stdout == "1\n"
    assert project.run("git", "rev-parse", "--show-toplevel").stdout == f"{project.folder}\n"
