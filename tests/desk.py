"""The admin as staff use it in a browser: lists, pages, and acts with their question in between."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forum.accounts.models import StaffAct
from tests.test_house import inline_code


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def act_of(row, name) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[row.pk, name])


def choose(client, model, act, chosen, **said):
    """Pick an act for the rows ticked on a list; ``said`` is the answer to its question, none: the question itself."""
    data = {"action": act, ACTION_CHECKBOX_NAME: [getattr(row, "pk", row) for row in chosen]}
    answer = {"is_answer": "1", **said} if said else {"index": "0"}
    return client.post(list_of(model), data | answer, follow=True)


def words_of(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def queries_of(client, address) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def acts_on(row) -> list[str]:
    """What staff did to this row, oldest first."""
    return list(StaffAct.objects.on(row).order_by("pk").values_list("verb", flat=True))


def check_page(client, address) -> str:
    """The page at this address, which answers and carries nothing that the browser would refuse to run or to style."""
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    page = response.content.decode()
    assert not inline_code(page), (address, inline_code(page))
    return page
