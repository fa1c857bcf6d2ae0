"""Three operations, as Locust 1.0 and later are told."""

from locust import HttpUser, constant, task


class User(HttpUser):
    wait_time = constant(0.02)

    @task
    def quick(self):
        self.client.get("/quick")

    @task
    def slow(self):
        self.client.get("/slow")

    @task
    def flaky(self):
        self.client.get("/flaky")
