"""The worker's door: a copied project begins with the guidelines of its source."""

from marketplace.guidelines import actions


def copy_guidelines(project_id: int) -> None:
    """Answer ``project.duplicated``."""
    actions.copy_guidelines(project_id)
