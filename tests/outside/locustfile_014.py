"""Three operations, as Locust 0.14 is told."""

from locust import HttpLocust, TaskSet, constant, task


class Tasks(TaskSet):
    @task
    def quick(self):
        self.client.get("/quick")

    @task
    def slow(self):
        self.client.get("/slow")

    @task
    def flaky(self):
        self.client.get("/flaky")


class User(HttpLocust):
    task_set = Tasks
    wait_time = constant(0.02)
