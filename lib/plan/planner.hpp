// What the actions propose for each finding, and what of that becomes a plan.
#pragma once
#include <map>

#include "plan/make_step.hpp"

namespace salve::plan {

class Planner {
public:
    // Keeps references: the arguments must outlive it.
    Planner(const kube::World& world, const std::vector<Finding>& findings, const Objects& objects,
            const PlanOptions& options)
        : world_(world), findings_(findings), objects_(objects), options_(options) {}

    Plan make();

private:
    // What is right for one finding, and why the rest is not.
    struct Answers {
        std::vector<Candidate> candidates;
        std::vector<std::string> declined;
    };

    void treat(const Finding& root);
    void consider(const Finding& finding, const Action& action, Answers& answers);
    // What holds for every action, whatever it proposes.
    void admit(const Situation& situation, const Action& action, Draft draft, Answers& answers);
    void prefer(std::vector<Candidate>& candidates) const;
    void choose(const Finding& root, const std::vector<Candidate>& candidates);
    void warn_of_managers(const Step& step, bool writes_spec);
    bool is_full(const Action& action) const;
    void warn(std::string warning);
    void finish();

    const kube::World& world_;
    const std::vector<Finding>& findings_;
    const Objects& objects_;
    const PlanOptions& options_;
    std::map<std::string_view, std::size_t> left_;  // by action: what would do as well and is not in the plan
    Plan plan_;
};

}  // namespace salve::plan
