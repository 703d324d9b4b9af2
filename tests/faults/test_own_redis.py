"""The servers that the fault tests take away really go, really hang, and come back."""

import time

import pytest
import redis


def client(own_redis):
    return redis.from_url(own_redis.url, socket_timeout=0.2, socket_connect_timeout=0.2, retry=None)


def test_a_stopped_redis_refuses_and_comes_back_on_the_same_address(own_redis):
    address = own_redis.url
    own_redis.stop()
    with pytest.raises(redis.ConnectionError):
        client(own_redis).ping()
    own_redis.start()
    assert own_redis.url == address
    assert client(own_redis).ping()


def test_a_frozen_redis_takes_the_call_and_does_not_answer(own_redis):
    own_redis.freeze()
    began = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        client(own_redis).ping()
    assert 0.1 < time.monotonic() - began < 5
    own_redis.thaw()
    assert client(own_redis).ping()


def test_the_redis_of_a_test_drops_no_job(own_redis):
    assert client(own_redis).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
