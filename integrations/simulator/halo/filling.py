"""Many rows at once, for trying how the portal copes with a large tenant."""

from integrations.simulator.halo.tables import Tables

_PER_CLIENT = 1_000


def fill_users(halo: Tables, count: int, *, client_id: int | None) -> list[int]:
    """Add users; each has a name and an address of its own."""
    ids, client = [], client_id
    for number in range(count):
        if client_id is None and number % _PER_CLIENT == 0:
            client = halo.add_client(f"Filler Client {number // _PER_CLIENT + 1}")["id"]
        id_ = halo.counters["users"]
        user = halo.add_user(f"Filler Person{id_:06d}", f"person{id_:06d}@filler.example.com", client_id=client)
        ids.append(user["id"])
    return ids


def fill_items(halo: Tables, count: int, *, assetgroup_id: int | None) -> list[int]:
    """Add products; each has a name and a SKU of its own."""
    group = assetgroup_id or (next(iter(halo.groups), None) or halo.add_group()["id"])
    ids = []
    for _ in range(count):
        id_ = halo.counters["items"]
        item = halo.add_item(
            f"Filler Product {id_:06d}", f"FILL-{id_:06d}", assetgroup_id=group, baseprice=10.0 + id_ % 90
        )
        ids.append(item["id"])
    return ids
