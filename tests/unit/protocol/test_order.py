from wavetank.protocol.order import Kind, Message


def test_kinds_are_in_the_order_of_the_model() -> None:
    """docs/model.md#order, word for word."""
    assert [kind.name for kind in sorted(Kind)] == [
        "FAULT_BEGINS",
        "FAULT_ENDS",
        "SERVER_JOB_DONE",
        "STORE_BATCH_DONE",
        "ANSWER_ARRIVES",
        "MESSAGE_ARRIVES",
        "SERVER_TIMEOUT",
        "AGENT_DEADLINE",
        "AVAILABILITY",
        "CREATED",
        "FLUSH",
        "RENEWAL",
        "WAIT_OVER",
        "HEARTBEAT",
        "HEALTH_TICK",
        "SAMPLE",
    ]


def test_messages_are_in_the_order_of_one_exchange() -> None:
    assert Message.SYN < Message.SYN_ACK < Message.ACK < Message.SERVER_HELLO < Message.TLS_KEY
    assert Message.TLS_KEY < Message.TLS_DONE < Message.REQUEST < Message.RESPONSE < Message.FIN
