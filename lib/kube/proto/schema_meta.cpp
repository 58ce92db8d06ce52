#include "kube/proto/schema.hpp"

namespace salve::kube::proto {
namespace {

using enum Type;
using enum Manner;

constexpr Message owner_reference{
    {1, "kind", text}, {3, "name", text}, {4, "uid", text}, {5, "apiVersion", text}, {6, "controller", flag}};

}  // namespace

constexpr Message object_meta{
    {1, "name", text, omitted},         {3, "namespace", text, omitted}, {5, "uid", text, omitted},
    {7, "generation", number, omitted}, {8, "creationTimestamp", time},  {9, "deletionTimestamp", time},
    {11, "labels", text_map},           {12, "annotations", text_map},   {13, "ownerReferences", owner_reference, many},
    {14, "finalizers", text, many}};

// LabelSelectorRequirement and NodeSelectorRequirement.
constexpr Message selector_requirement{{1, "key", text}, {2, "operator", text}, {3, "values", text, many}};

constexpr Message label_selector{{1, "matchLabels", text_map}, {2, "matchExpressions", selector_requirement, many}};

constexpr Message condition{
    {1, "type", text}, {2, "status", text}, {4, "lastTransitionTime", time}, {5, "reason", text}, {6, "message", text}};

// PodCondition, JobCondition and PersistentVolumeClaimCondition.
constexpr Message probed_condition{{1, "type", text},
                                   {2, "status", text},
                                   {3, "lastProbeTime", time},
                                   {4, "lastTransitionTime", time},
                                   {5, "reason", text, omitted},
                                   {6, "message", text, omitted}};

constexpr Message local_object_reference{{1, "name", text, omitted}};

constexpr Message object_reference{{1, "kind", text, omitted},       {2, "namespace", text, omitted},
                                   {3, "name", text, omitted},       {4, "uid", text, omitted},
                                   {5, "apiVersion", text, omitted}, {7, "fieldPath", text, omitted}};

}  // namespace salve::kube::proto
